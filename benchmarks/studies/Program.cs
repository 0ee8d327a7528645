using System.Globalization;
using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Datasets;
using FastAlign.Models;
using FastAlign.Studies;

// usage: dotnet run -c Release --project benchmarks/studies [-- OUTPUT.md [STEPS]]     (in the root of the repository)
const string Model = "samples/data/stories260k";
const string Dialogues = "samples/data/hh-rlhf/helpful-base.short.jsonl";
const int TrainPrompts = 400;
const int HeldOutPrompts = 200;
const int DialogueTokens = 256;
const int DialogueProbes = 100;

string output = args.Length > 0 ? args[0] : "benchmarks/results/losses.md";
int steps = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 60;
List<RewardOutcome> rewards = [];
var training = new TrainingOptions { MaxSteps = steps, BatchSize = 8, LearningRate = 5e-4, Schedule = "cosine", WarmupSteps = 10, Seed = 1 };
Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);

List<Outcome> stories = Stories();
List<Outcome> dialogues = RealDialogues();
File.WriteAllText(output, LossReport.Of(stories, dialogues, rewards, training, TrainPrompts, HeldOutPrompts));
Console.WriteLine($"written to {output}");

List<Outcome> Stories()
{
    using var study = new LossStudy(Model, StoryWorld.MaxLength, training);
    var world = new StoryWorld(study.Start, study.Tokenizer, TrainPrompts, HeldOutPrompts);
    var set = new StudySet(world.Pairs(), world.Train, StoryWorld.MaxLength);
    Exam exam = Exam.Of(world, study.Start);
    (LoadedModel weights, DecoderModel teacher) = study.Teach(Contestants.OfPairs[0], set);
    using LoadedModel owned = weights;
    using DecoderModel taught = teacher;
    return RunAll(study, [.. Contestants.OfPairs, .. Contestants.OfStories, .. Contestants.OfTeacher(teacher)], set, exam);
}

List<Outcome> RealDialogues()
{
    using var study = new LossStudy(Model, DialogueTokens, training);
    DataRow[] rows = DataFile.Read(Dialogues, int.MaxValue);
    (DataRow[] train, DataRow[] heldOut) = HeldOutRows.Split<DataRow>(rows, HeldOutPrompts, 1);
    PreferenceExample[] pairs = Tokenise(train);
    PreferenceExample[] exam = Tokenise(heldOut);
    int[][] prompts = [.. exam.Where(pair => pair.Prompt.Length <= DialogueTokens / 2).Take(DialogueProbes).Select(pair => pair.Prompt)];
    var sampling = new GenerationOptions
    {
        MaxNewTokens = DialogueTokens / 4,
        StopIds = [study.Tokenizer.EosToken!.Value.Id],
        Sampling = new SamplingOptions { Temperature = 1, Seed = 3 },
    };
    using (var models = new RewardStudy(Model, DialogueTokens, training))
    {
        rewards.AddRange(models.RunAll(pairs, exam));
    }

    return RunAll(study, Contestants.OfPairs, new StudySet(pairs, [], DialogueTokens), new Exam(exam, null, prompts, policy => new Generator(policy).Generate(prompts, sampling), null, study.Start));

    PreferenceExample[] Tokenise(DataRow[] from) =>
        PreferenceDataset.Build(from, new RowTokenizer(study.Tokenizer), new PreferenceOptions { MaxLength = DialogueTokens }).Examples;
}

static List<Outcome> RunAll(LossStudy study, IReadOnlyList<Contestant> contestants, StudySet set, Exam exam)
{
    var outcomes = new List<Outcome>();
    foreach (Contestant contestant in contestants)
    {
        Outcome outcome = study.Run(contestant, set, exam);
        outcomes.Add(outcome);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{contestant.Command,-13}{contestant.Name,-40} win {outcome.Win.Mean:F3}  accuracy {outcome.Accuracy.Mean:F3}  margin {outcome.Margin.Mean:F2}  KL {outcome.Kl.Mean:F2}  length {outcome.Length.Mean:F1} {outcome.Failure}"));
    }

    return outcomes;
}
